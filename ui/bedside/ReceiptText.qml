import QtQuick
import "../components"
import "../theme"

// One receipt: a tick only for what has truly happened.
Row {
    id: receipt

    required property string status
    required property string text
    required property string icon
    property bool wraps: false
    readonly property color tint: receipt.status === "done" ? Theme.brand : receipt.status === "late" ? Theme.ink : Theme.muted

    Icon {
        id: mark

        anchors.verticalCenter: parent.verticalCenter
        color: receipt.tint
        name: receipt.icon
        size: Math.round(Theme.sizeHeading * 1.2)
    }
    Label {
        anchors.verticalCenter: parent.verticalCenter
        color: receipt.tint
        font.pixelSize: Theme.sizeHeading
        font.weight: Theme.semibold
        objectName: receipt.objectName + "-text"
        text: receipt.text
        width: receipt.wraps ? receipt.width - mark.width - receipt.spacing : implicitWidth
        wrapMode: receipt.wraps ? Text.Wrap : Text.NoWrap
    }
}
