import QtQuick
import "../theme"

// One field of a set: what it is, what was typed, its points, and what it was before.
Rectangle {
    id: row

    required property string key
    required property string name
    required property string value
    required property string unit
    required property string before
    required property string part
    required property string status
    required property bool current
    property real least: Theme.touchStaff
    property real label: Theme.sizeLabel
    property real small: Theme.sizeSmall
    // A reason or a choice, not a number.
    readonly property bool words: row.unit === "" && isNaN(parseFloat(row.value))
    readonly property bool doubtful: row.status === "doubt" || row.status === "wrong"

    signal activated

    Accessible.name: [row.name, row.value, row.unit].filter(part => part !== "").join(" ")
    Accessible.role: Accessible.Button
    border.color: row.current ? Theme.brand : row.doubtful ? Theme.ink : Theme.line
    border.width: row.current || row.doubtful ? Theme.edge : Theme.hairline
    color: tap.pressed ? Theme.sunken : row.current ? Theme.brandSoft : Theme.surface
    height: Math.ceil(Math.max(row.least, said.implicitHeight + Theme.grid / 2, typed.implicitHeight + Theme.grid / 2))
    objectName: "field-" + row.key
    radius: Theme.radiusSmall

    Accessible.onPressAction: row.activated()

    Column {
        id: said

        anchors.left: parent.left
        anchors.leftMargin: Theme.grid
        anchors.right: typed.left
        anchors.rightMargin: Theme.grid
        anchors.verticalCenter: parent.verticalCenter

        Label {
            // A long word is smaller where there is little room.
            font.pixelSize: Math.round((row.width < 16 * row.small ? 0.86 : 1) * row.small)
            font.weight: Theme.semibold
            text: row.name
            width: parent.width
            wrapMode: Text.Wrap
        }
        Label {
            color: Theme.muted
            font.pixelSize: Math.round(0.82 * row.small)
            objectName: "before-" + row.key
            tabular: true
            text: row.before
            visible: text !== ""
            width: parent.width
            wrapMode: Text.Wrap
        }
    }
    Row {
        id: typed

        anchors.right: parent.right
        anchors.rightMargin: Theme.grid
        anchors.verticalCenter: parent.verticalCenter
        spacing: Theme.grid / 2

        Icon {
            anchors.verticalCenter: parent.verticalCenter
            name: row.status === "missed" ? "cancel" : "help-circle-outline"
            size: row.label
            visible: row.status === "missed" || row.doubtful
        }
        Label {
            anchors.verticalCenter: parent.verticalCenter
            font.pixelSize: row.words ? row.small : row.label
            font.weight: Theme.bold
            horizontalAlignment: Text.AlignRight
            objectName: "typed-" + row.key
            tabular: true
            text: row.unit === "" ? row.value : row.value + " " + row.unit
            width: Math.min(implicitWidth, (row.words ? 0.4 : 0.5) * row.width)
            wrapMode: Text.Wrap
        }
        Label {
            anchors.verticalCenter: parent.verticalCenter
            color: Theme.muted
            font.pixelSize: row.small
            font.weight: Theme.bold
            objectName: "part-" + row.key
            tabular: true
            text: row.part
            visible: text !== ""
        }
    }
    Touch {
        id: tap

        onTapped: row.activated()
    }
}
