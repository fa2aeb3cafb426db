pragma ComponentBehavior: Bound

import QtQuick
import "../components"
import "../theme"

// One place where a name may appear, with its rules as chips. What nobody may choose is not drawn.
Rectangle {
    id: line

    required property string key
    required property string name
    required property string audience
    required property list<string> rules
    required property list<string> ruleWords
    required property string chosen
    required property bool changed
    required property string examples
    property bool looked: false

    signal choiceTouched(rule: string)
    signal lookTouched

    border.color: line.looked ? Theme.brand : Theme.line
    border.width: line.looked ? Math.max(2, Theme.edge / 2) : Theme.hairline
    color: Theme.surface
    objectName: "place-" + line.key
    radius: Theme.radiusSmall

    Touch {
        onTapped: line.lookTouched()
    }
    Label {
        id: name

        elide: Text.ElideRight
        font.pixelSize: Theme.sizeLabel
        font.weight: Theme.bold
        fontSizeMode: Text.HorizontalFit
        height: Math.round(1.3 * Theme.sizeLabel)
        minimumPixelSize: Theme.length(15)
        text: line.name
        width: Theme.length(236)
        x: 1.25 * Theme.grid
        y: (line.height - height - audience.height) / 2
    }
    Label {
        id: audience

        anchors.left: name.left
        anchors.top: name.bottom
        color: Theme.muted
        elide: Text.ElideRight
        font.pixelSize: Theme.length(16)
        height: Math.round(1.25 * font.pixelSize)
        text: line.audience
        width: name.width
    }
    Row {
        id: chips

        anchors.left: name.right
        anchors.leftMargin: Theme.grid
        anchors.verticalCenter: parent.verticalCenter
        spacing: Theme.grid / 2

        Repeater {
            model: line.rules.length

            delegate: TouchButton {
                required property int modelData
                readonly property string rule: line.rules[modelData]

                kind: rule === line.chosen ? "primary" : "quiet"
                objectName: "rule-" + line.key + "-" + rule
                size: Theme.sizeSmall
                text: line.ruleWords[modelData]

                onActivated: line.choiceTouched(rule)
            }
        }
    }
    Label {
        anchors.left: chips.right
        anchors.leftMargin: 1.5 * Theme.grid
        anchors.right: parent.right
        anchors.rightMargin: Theme.grid
        anchors.verticalCenter: parent.verticalCenter
        elide: Text.ElideRight
        font.pixelSize: Theme.sizeSmall
        font.weight: line.changed ? Theme.bold : Theme.regular
        text: line.examples
        visible: width > Theme.length(120)
    }
}
