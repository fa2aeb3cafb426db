import QtQuick
import "../components"
import "../theme"

// One patient with many alerts: bed, how many of the ward's, by which rules, and the one verb.
Rectangle {
    id: line

    required property string key
    required property string bed
    required property string name
    required property string count
    required property string rules
    required property bool over
    required property string verb
    required property string status
    required property string spoken

    signal asked

    Accessible.name: line.spoken
    Accessible.role: Accessible.ListItem
    border.color: line.over ? Theme.ink : Theme.line
    border.width: line.over ? Theme.edge : Theme.hairline
    color: Theme.surface
    height: Math.max(Theme.touchStaff + Theme.grid, words.implicitHeight + 1.5 * Theme.grid)
    objectName: "loaded-" + line.key
    radius: Theme.radiusSmall

    Label {
        id: bed

        anchors.verticalCenter: parent.verticalCenter
        font.pixelSize: Theme.sizeTitle
        font.weight: Theme.black
        fontSizeMode: Text.HorizontalFit
        horizontalAlignment: Text.AlignRight
        minimumPixelSize: Math.round(0.4 * Theme.sizeTitle)
        tabular: true
        text: line.bed
        width: Theme.length(64)
        x: Theme.grid
    }
    Column {
        id: words

        anchors.left: bed.right
        anchors.leftMargin: 1.5 * Theme.grid
        anchors.right: ask.visible ? ask.left : parent.right
        anchors.rightMargin: Theme.grid
        anchors.verticalCenter: parent.verticalCenter

        Label {
            elide: Text.ElideRight
            font.pixelSize: Theme.sizeLabel
            font.weight: Theme.bold
            objectName: "loadedCount"
            tabular: true
            text: line.name === "" ? line.count : line.count + " · " + line.name
            width: parent.width
        }
        Label {
            color: Theme.muted
            elide: Text.ElideRight
            font.pixelSize: Theme.sizeSmall
            objectName: "loadedRules"
            tabular: true
            text: line.rules
            visible: text !== ""
            width: parent.width
        }
        Label {
            color: Theme.brand
            elide: Text.ElideRight
            font.pixelSize: Theme.sizeSmall
            font.weight: Theme.bold
            objectName: "loadedStatus"
            text: line.status
            visible: text !== ""
            width: parent.width
        }
    }
    TouchButton {
        id: ask

        anchors.right: parent.right
        anchors.rightMargin: Theme.grid
        anchors.verticalCenter: parent.verticalCenter
        height: Theme.touchStaff
        objectName: "tailor-" + line.key
        text: line.verb
        visible: line.verb !== ""
        width: Math.min(implicitWidth, 0.5 * line.width)

        onActivated: line.asked()
    }
}
